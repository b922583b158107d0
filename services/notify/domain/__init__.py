"""What *notify* decides by itself: which reminders of a case are planned, sent, or not needed any more."""
