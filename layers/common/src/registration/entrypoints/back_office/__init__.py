"""The pages of the Back Office: what staff see and do."""
