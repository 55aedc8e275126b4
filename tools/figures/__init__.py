"""The figures of the paper: a function each, figure_1 to figure_7, and the numbers that they have to show."""
