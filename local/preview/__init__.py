"""`make preview`: every page and every mail, in every language, from the shop's folder."""
