"""What every service would otherwise write for itself, once.

`fields` and `command` say what a person may order, `authority` who may; `dispatch` brings it from a request to the
lane, `routes` and `forms` are the API and the pages of it; `projector` and `publisher` answer events;
`reading` opens the transactions in which a viewer's rows show.
"""
