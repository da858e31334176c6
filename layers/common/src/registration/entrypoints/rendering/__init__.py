"""Pages and mails made of templates, in every language."""
