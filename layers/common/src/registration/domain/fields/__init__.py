"""What a customer is asked: the rules of fields, a shop's own fields, and where each is asked."""
