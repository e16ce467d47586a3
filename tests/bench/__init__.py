"""The figures: how long the server takes for its main pages, at one size and at a larger one, on both databases."""
