"""The documentation as tests read it: its links, anchors and diagrams."""
