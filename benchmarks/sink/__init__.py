"""What a function talks to in a benchmark, in place of AWS, in a process of its own."""
