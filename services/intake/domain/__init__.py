"""What a tip is and what may happen to it. Pure: no clock, no database, no framework; time comes with each command."""
