"""What *assessment* decides by itself: inspections and their findings, filings with their dates, bulletins."""
