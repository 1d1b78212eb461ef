"""Chips of crossbar cores on a grid: weights of few bits, neurons in as many copies as they have targets."""
