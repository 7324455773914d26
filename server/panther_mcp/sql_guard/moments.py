"""How a comparison with time works: in which direction an expression follows a column, and how far back it reaches."""

import re
import time
from datetime import UTC, datetime

from sqlglot import exp

from panther_mcp.sql_guard.scopes import Bound, Result, Scope

_DAY = 86_400.0
# A bound that lies further back than any log is none.
LONGEST_SECONDS = 3_653 * _DAY
_UNITS = {
    "NANOSECOND": 1e-9,
    "MICROSECOND": 1e-6,
    "MILLISECOND": 1e-3,
    "SECOND": 1.0,
    "MINUTE": 60.0,
    "HOUR": 3_600.0,
    "DAY": _DAY,
    "WEEK": 7 * _DAY,
    "MONTH": 30.4 * _DAY,
    "QUARTER": 91.3 * _DAY,
    "YEAR": 365.2 * _DAY,
}
_TIMES = (
    *(exp.DType.DATE, exp.DType.DATETIME, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPLTZ, exp.DType.TIMESTAMPNTZ),
    *(exp.DType.TIMESTAMPTZ, exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.VARIANT),
)
_EPOCHS = ("EPOCH", "EPOCH_SECOND", "EPOCH_SECONDS", "EPOCH_MILLISECOND", "EPOCH_MILLISECONDS", "YEAR")
_WRAPPERS = (exp.Paren, exp.TsOrDsToDate, exp.Date, exp.DateTrunc, exp.TimestampTrunc, exp.TimeSlice, exp.Year)
_SHIFTS = (exp.DateAdd, exp.TimestampAdd, exp.DatetimeAdd, exp.TsOrDsAdd, exp.TimeAdd)
_DIFFERENCES = (exp.DateDiff, exp.TimestampDiff, exp.DatetimeDiff, exp.TsOrDsDiff, exp.TimeDiff)
_NOW = (exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentDatetime, exp.Localtimestamp, exp.CurrentTime)
_INTERVAL = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?")


def followed(expression: exp.Expr, scope: Scope) -> tuple[Bound, int] | None:
    """Return the time column that `expression` follows, and 1 where it grows with it, -1 where it shrinks."""
    if isinstance(expression, exp.Column):
        bound = scope.time(expression)
        return (bound, 1) if bound is not None else None
    if isinstance(expression, exp.Cast):
        return followed(expression.this, scope) if expression.to.this in _TIMES else None
    if isinstance(expression, _WRAPPERS):
        return followed(expression.this, scope)
    if isinstance(expression, exp.ConvertTimezone):
        moment = expression.args.get("timestamp")
        return followed(moment, scope) if isinstance(moment, exp.Expr) else None
    if isinstance(expression, exp.Extract):
        part = expression.this.name.upper()
        return followed(expression.expression, scope) if part in _EPOCHS else None
    if isinstance(expression, _SHIFTS):
        return followed(expression.this, scope) if scope.is_constant(expression.expression) else None
    if isinstance(expression, (exp.Add, exp.Sub, *_DIFFERENCES)):
        return _of_two(expression, scope)
    return None


def _of_two(expression: exp.Expr, scope: Scope) -> tuple[Bound, int] | None:
    """Return what a sum or a difference follows: of its two sides, one has to be constant."""
    left, right = expression.this, expression.expression
    if scope.is_constant(right):
        return followed(left, scope)
    if not scope.is_constant(left):
        return None
    found = followed(right, scope)
    if found is None or isinstance(expression, exp.Add):
        return found
    return found[0], -found[1]


def reaches_too_far(expression: exp.Expr, compared: exp.Expr, scope: Scope) -> bool:
    """Tell whether the constant `compared` is a bound for `expression` that leaves out nothing.

    What cannot be worked out is taken for a bound.
    """
    if isinstance(expression, exp.Paren):
        return reaches_too_far(expression.this, compared, scope)
    if isinstance(expression, _DIFFERENCES):
        distance = _number(compared)
        return distance is not None and abs(distance) * _seconds(expression.args.get("unit")) > LONGEST_SECONDS
    if isinstance(expression, exp.Year) or (isinstance(expression, exp.Extract) and "YEAR" in expression.this.name):
        year = _number(compared)
        return year is not None and year < datetime.now(UTC).year - 10
    moment, shifted = _moment(compared, scope), _shifted(expression)
    return moment is not None and shifted is not None and moment - shifted < time.time() - LONGEST_SECONDS


def _shifted(expression: exp.Expr) -> float | None:
    """Return by how many seconds an expression lies after the column that it follows."""
    if isinstance(expression, _SHIFTS):
        count, inner = _number(expression.expression), _shifted(expression.this)
        return None if count is None or inner is None else inner + count * _seconds(expression.args.get("unit"))
    if isinstance(expression, exp.Add | exp.Sub):
        length, inner = _length(expression.expression), _shifted(expression.this)
        if length is None or inner is None:
            return None
        return inner + length if isinstance(expression, exp.Add) else inner - length
    if isinstance(expression, (exp.Cast, *_WRAPPERS)):
        return _shifted(expression.this)
    return 0.0


def _moment(expression: exp.Expr, scope: Scope) -> float | None:
    """Return the moment that a constant expression means, in seconds since 1970; None where it is not worked out."""
    if isinstance(expression, exp.Literal):
        return _written(expression)
    if isinstance(expression, exp.Column):
        meant = scope.constant(expression)
        return None if meant is None or isinstance(meant, exp.Column) else _moment(meant, scope)
    if isinstance(expression, _NOW):
        return time.time()
    if isinstance(expression, exp.Query):
        values = list((scope.results.get(id(expression), Result()).constants or {}).values())
        return _moment(values[0], scope) if len(values) == 1 else None
    if isinstance(expression, (exp.Cast, exp.ToChar, *_WRAPPERS)):
        return _moment(expression.this, scope)
    if isinstance(expression, exp.UnixToTime | exp.StrToTime | exp.StrToDate):
        return _moment(expression.this, scope)
    if isinstance(expression, exp.ConvertTimezone):
        moment = expression.args.get("timestamp")
        return _moment(moment, scope) if isinstance(moment, exp.Expr) else None
    if isinstance(expression, _SHIFTS):
        count = _number(expression.expression)
        start = _moment(expression.this, scope)
        return None if count is None or start is None else start + count * _seconds(expression.args.get("unit"))
    if isinstance(expression, exp.Add | exp.Sub):
        start, shift = _moment(expression.this, scope), _length(expression.expression)
        if start is None or shift is None:
            return None
        return start + shift if isinstance(expression, exp.Add) else start - shift
    return None


def _written(literal: exp.Literal) -> float | None:
    text = literal.name.strip()
    if text.isdecimal() and len(text) <= 19:
        number = float(text)
        # Snowflake takes large numbers for milliseconds, microseconds or nanoseconds, and small ones for seconds.
        while number > 31_536_000_000:
            number /= 1_000
        return number
    found = _ISO.match(text)
    if found is None:
        return None
    try:
        return datetime.fromisoformat(found.group()).replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def _length(expression: exp.Expr) -> float | None:
    """Return the seconds of an INTERVAL, or of a number of days."""
    if isinstance(expression, exp.Paren):
        return _length(expression.this)
    if isinstance(expression, exp.Interval):
        found = _INTERVAL.fullmatch(expression.name)
        if found is None:
            return None
        unit = expression.args.get("unit") or found[2]
        return float(found[1]) * _seconds(unit)
    days = _number(expression)
    return None if days is None else days * _DAY


def _number(expression: exp.Expr) -> float | None:
    if isinstance(expression, exp.Paren):
        return _number(expression.this)
    if isinstance(expression, exp.Neg):
        number = _number(expression.this)
        return None if number is None else -number
    if isinstance(expression, exp.Literal):
        try:
            return float(expression.name)
        except ValueError:
            return None
    return None


def _seconds(unit: object) -> float:
    name = (unit.name if isinstance(unit, exp.Expr) else str(unit or "")).upper().removesuffix("S")
    return _UNITS.get(name, _DAY)
