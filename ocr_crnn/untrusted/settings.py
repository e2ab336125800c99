"""Numbers, flags and names that somebody has written down: checked before anything is made of them."""


def check_number(name, value, least, most, whole=False):
    """The value if it is a finite number (a whole one) from least to most. Raises ValueError naming it."""
    number = isinstance(value, int) or (not whole and isinstance(value, float)) or _is_numpy(value, whole)
    if not number or isinstance(value, bool) or not least <= value <= most:
        kind = "a whole number" if whole else "a number"
        raise ValueError(f"{name} is {kind} from {least:,} to {most:,}. Received: {_short(value)}. Correct {name}.")
    return value


def check_pair(name, value, least, most):
    """The two numbers of a list or tuple, as a tuple. Raises ValueError."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"{name} is two numbers. Received: {_short(value)}. Correct {name}.")
    return tuple(check_number(name, one, least, most) for one in value)


def check_flag(name, value):
    """The value if it is True or False. Raises ValueError."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} is true or false. Received: {_short(value)}. Correct {name}.")
    return value


def check_choice(name, value, choices):
    """The value if it is one of the choices. Raises ValueError."""
    if not any(value is choice or (type(value) is type(choice) and value == choice) for choice in choices):
        raise ValueError(f"{name} is one of {', '.join(map(str, choices))}. Received: {_short(value)}. Correct {name}.")
    return value


def check_names(what, values, known, required=()):
    """The dict of values if its names are all known, and the required ones among them. Raises ValueError."""
    if not isinstance(values, dict):
        raise ValueError(f"{what} are names with values. Received: {_short(values)}. Write them as an object.")
    unknown, missing = sorted(set(map(str, values)) - set(known)), sorted(set(required) - set(values))
    if unknown or missing:
        received = [f"{_short(name)}, which is unknown" for name in unknown[:3]] + [f"no {name}" for name in missing[:3]]
        raise ValueError(f"{what} are {', '.join(known)}. Received: {', '.join(received)}. Correct the names.")
    return values


def _is_numpy(value, whole):
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return getattr(value, "shape", None) == () and kind in ("iu" if whole else "iuf") and kind != ""


def _short(value):
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:80]}…"
