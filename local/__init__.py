"""The local cloud: the real template on an emulator of AWS, a front door and a mailbox."""
