"""Fields of many pages as tables: a row a field, a row a form, or JSON."""

import csv
import io
import json

from ocr_crnn.names import to_cell

COLUMNS = ("file", "page", "form", "template", "version", "field", "type", "state", "text", "value", "valid", "score", "reason")
NO_FORM = "No registered form."


def format_csv(results):
    """One row a field. results: (file, page number from 1, records of the Page) each. A page without a form is a row with its reason."""
    rows = []
    for file, number, records in results:
        rows += [{"file": file, "page": number} | {name: row[name] for name in COLUMNS[2:]} for row in records["fields"]]
        if not records["fields"]:
            rows.append({"file": file, "page": number, "reason": reason_of(records)})
    return _write(COLUMNS, rows)


def format_wide(results):
    """{(template, version): one row a form}: the values, and the fields that should be looked at."""
    tables = {}
    for file, number, records in results:
        for index, form in enumerate(records["forms"]):
            if form["template"] is None:
                continue
            fields = [row for row in records["fields"] if row["form"] == index]
            row = {"file": file, "page": number, "form": index, "score": form["score"]}
            row |= {_column(each["field"]): each["value"] for each in fields}
            doubtful = [each["field"] for each in fields if not each["valid"] or each["state"] in ("missing", "unreadable")]
            tables.setdefault((form["template"], form["version"]), []).append(row | {"look at": " ".join(doubtful)})
    return {name: _write(list(dict.fromkeys(key for row in rows for key in row)), rows) for name, rows in tables.items()}


def format_json(results):
    """A list of {"file", "page", "forms", "fields"}."""
    pages = [{"file": file, "page": number, "forms": records["forms"], "fields": records["fields"]} for file, number, records in results]
    return json.dumps(pages, ensure_ascii=False, indent=1) + "\n"


def reason_of(records):
    """Why a page has no form: what was tried and how near it came."""
    candidates = [one for form in records["forms"] for one in form.get("candidates", ())]
    return " ".join([NO_FORM, *(f"{one['template']} {one['version']}: {one['why']}" for one in candidates)])


def _column(field):
    """The column of a field; the columns that every table has keep their names."""
    return f"field {field}" if field in ("file", "page", "form", "score", "look at") else field


def _write(columns, rows):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
    writer.writerow({column: to_cell(column) for column in columns})
    for row in rows:
        writer.writerow({key: to_cell("" if value is None else value) for key, value in row.items()})
    return stream.getvalue()
