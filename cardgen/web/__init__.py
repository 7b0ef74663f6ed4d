"""The web pages: a workspace on the office's machine, browsers on its network.

A Django project of one app. `place` is where it keeps what is its own (web/ in the workspace),
`settings` what Django needs to know, `models` accounts, `access` who may see what, `urls` every
address there is, `views` the pages, `server` the process. Papers are made by the same functions
that the commands call; nothing here knows how.
"""
