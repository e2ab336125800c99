"""Registered forms: a form is registered once from a scan or from several, and filled copies of it are told apart and read field by field.

letters.py       the letters of a page, and labels found among them in spite of misread ones
schema.py        what a template is, and its folder
checking.py      the JSON of a template, of which nothing is known
registration.py  from scans and a list of fields to a template
straightening.py scans laid straight
shared.py        what several scans of a form share
transform.py     where the template lies on the page
matching.py      which templates a page shows, and why others are not taken
versions.py      which version of a form
placing.py       where each field lies, held to the ruled lines
marks.py         ink, check boxes and stamps
typed.py         what the text of a field says
extraction.py    the fields of a match
stage.py         all of it as a stage of reading
"""
