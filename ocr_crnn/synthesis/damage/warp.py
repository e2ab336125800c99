"""Geometry of photographed and scanned pages: where each pixel comes from, and where each point of the truth goes."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ocr_crnn.page import Characters


@dataclass(frozen=True)
class Warp:
    """A sheet bends, then is seen in perspective.

    transform: 3 × 3, from the pixels of the bent sheet to those of the result. size: of the result, (height, width).
    waves: bends of the sheet, each (wave vector x, y in radians per pixel, phase, shift x, shift y in pixels): the bent sheet shows
    at p what the flat sheet has at p + Σ shift · sin(vector · p + phase).
    """

    transform: np.ndarray
    size: tuple[int, int]
    waves: tuple = ()

    def image(self, image, background):
        """The warped image; `background` uint8 `(height, width, 3)` of the result's size is seen where the sheet ends."""
        height, width = self.size
        sheet = np.full(image.shape[:2], 255, np.uint8)
        if not self.waves:
            warped = cv2.warpPerspective(image, self.transform, (width, height), flags=cv2.INTER_LINEAR)
            cover = cv2.warpPerspective(sheet, self.transform, (width, height), flags=cv2.INTER_LINEAR)
        else:
            x, y = self._sources()
            warped = cv2.remap(image, x, y, cv2.INTER_LINEAR)
            cover = cv2.remap(sheet, x, y, cv2.INTER_LINEAR)
        edge = cv2.merge([cover] * 3)
        return np.where(edge == 255, warped, cv2.add(warped, cv2.multiply(background, 255 - edge, scale=1 / 255)))

    def points(self, points):
        """Points `(…, 2)` of the flat sheet → points of the result, float32. Pixel centres are at half integers."""
        flat = np.asarray(points, np.float64).reshape(-1, 2) - 0.5
        bent = flat
        for _ in range(12):  # p + shift(p) = flat, by iteration: the bends are gentle, so each step shrinks the error
            bent = flat - self._shift(bent)
        moved = cv2.perspectiveTransform(bent.reshape(-1, 1, 2), self.transform) if len(bent) else bent
        return (moved.reshape(np.shape(points)) + 0.5).astype(np.float32)

    def _sources(self):
        """For every pixel of the result, the pixel of the flat sheet it shows: two float32 maps `(height, width)`."""
        height, width = self.size
        m = np.linalg.inv(self.transform)
        x, y = np.arange(width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]
        depth = np.float32(m[2, 0]) * x + np.float32(m[2, 1]) * y + np.float32(m[2, 2])
        bent_x = (np.float32(m[0, 0]) * x + np.float32(m[0, 1]) * y + np.float32(m[0, 2])) / depth
        bent_y = (np.float32(m[1, 0]) * x + np.float32(m[1, 1]) * y + np.float32(m[1, 2])) / depth
        flat_x, flat_y = bent_x.copy(), bent_y.copy()
        for wave_x, wave_y, phase, shift_x, shift_y in self.waves:
            sine = np.sin(np.float32(wave_x) * bent_x + np.float32(wave_y) * bent_y + np.float32(phase))
            flat_x += np.float32(shift_x) * sine
            flat_y += np.float32(shift_y) * sine
        return flat_x, flat_y

    def _shift(self, points):
        shift = np.zeros_like(points)
        for wave_x, wave_y, phase, shift_x, shift_y in self.waves:
            shift += np.sin(points @ (wave_x, wave_y) + phase)[:, None] * (shift_x, shift_y)
        return shift


def draw_waves(rng, size, strength):
    """Bends of a sheet `size` (height, width): a curl across the page and one or two weaker ones. strength: share of the width."""
    height, width = size
    waves = []
    for number in range(int(rng.integers(1, 4))):
        amplitude = strength * width * rng.uniform(0.4, 1) / (1 + 2 * number)
        direction = rng.normal(0, 0.25) + (0 if rng.random() < 0.7 else np.pi / 2)  # mostly bent about an upright axis
        length = rng.uniform(0.7, 2.2) * width
        wave = 2 * np.pi / length * np.array([np.cos(direction), np.sin(direction)])
        # A bend about an upright axis lifts the lines; the shift along them is the foreshortening.
        waves.append((*wave, rng.uniform(0, 2 * np.pi), amplitude * 0.3 * rng.uniform(-1, 1), amplitude))
    return tuple(waves)


def move_page(page, move, size):
    """The page with every quad moved by `move`: points `(…, 2)` → points, in an image of `size` (height, width).

    Rows that have left the image are dropped; rows that are cut off become unreadable (their text is None).
    """
    quads = move(page.quads) if len(page) else page.quads
    characters = page.characters
    if characters is not None and len(page):
        counts = [0 if one is None else len(one) for one in characters]
        together = [one.quads for one in characters if one is not None]
        moved = np.split(move(np.concatenate(together)), np.cumsum(counts)[:-1]) if together else [None] * len(page)
        characters = [None if one is None else Characters(part, one.scores) for one, part in zip(characters, moved, strict=True)]
    moved_page = replace(page, size=size, quads=quads, characters=characters)
    return _keep_inside(moved_page)


def _keep_inside(page):
    height, width = page.size
    low, high = page.quads.min(axis=1), page.quads.max(axis=1)  # (n, 2)
    seen = np.clip(np.minimum(high, (width, height)) - np.maximum(low, 0), 0, None)
    share = seen.prod(axis=1) / np.maximum((high - low).prod(axis=1), 1e-6)
    texts = page.texts.copy()
    texts[share < 0.9] = None
    return replace(page, texts=texts).take(share > 0.3)
