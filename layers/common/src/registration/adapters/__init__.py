"""The ports on AWS, and the same ports in memory."""
