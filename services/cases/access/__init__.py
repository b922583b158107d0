"""Local accounts, the embedded default: who may sign in, until when, and what is known of it; production signs in
through the city's identity provider.

`accounts` answers the pages, `administration` the commands; `attempts` counts failures by account and address;
`passwords` says what a password must be and how it is kept; `audit` writes down who did what. All of it is in a
database of its own, the access database.
"""
