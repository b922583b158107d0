"""What *assessment* answers to questions: SELECT → frozen dataclass, or a book of facts."""

from services.assessment.queries.books import BookQueries
from services.assessment.queries.counts import CountQueries
from services.assessment.queries.filings import FilingQueries


class Queries(CountQueries, BookQueries, FilingQueries):
    """Everything that is read."""
