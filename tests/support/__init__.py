"""What the tests have in common: a cloud made of the template, a clock, requests, people."""
