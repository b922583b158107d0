"""The rules of counting: what the calendar asks for, what became of each case, what a figure counts, how it scores."""
