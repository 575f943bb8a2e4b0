"""The state transition function: what every node must compute alike.

Nothing in this package reads a clock, a file, a socket or a random source, and nothing in it uses floating
point.
"""
