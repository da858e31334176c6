"""Customer registration with double opt-in.

``domain`` holds the rules, ``application`` the use cases and the ports they need,
``adapters`` those ports on AWS (and in memory, for tests), ``entrypoints`` what the
Lambda handlers share: settings, logging, JSON:API, pages and mails.
"""
