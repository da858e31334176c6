"""What customers do: register, confirm, log in, change and leave."""
