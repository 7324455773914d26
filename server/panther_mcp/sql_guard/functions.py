"""Which functions a query may call: Snowflake's own that compute something, and nothing that acts or reaches out."""

from sqlglot import exp
from sqlglot.dialects.snowflake import Snowflake

from panther_mcp.sql_guard.rules import words

# Those that the parser knows; some of them it leaves as they are when their arguments are unusual.
_PARSED = frozenset[str](
    (
        *Snowflake.parser_class.FUNCTIONS,  # pyright: ignore[reportUnknownMemberType] # what builds them is not typed
        *Snowflake.parser_class.FUNCTION_PARSERS,  # pyright: ignore[reportUnknownMemberType] # as above
    )
)
# Snowflake's own functions that the parser has no class for.
_WITHOUT_CLASS = words(
    """
    ALL_USER_NAMES APPROX_TOP_K ARRAYS_TO_OBJECT ARRAY_UNION_AGG AS_ARRAY AS_BINARY AS_BOOLEAN AS_CHAR AS_DATE
    AS_DECIMAL AS_DOUBLE AS_INTEGER AS_NUMBER AS_OBJECT AS_REAL AS_TIME AS_TIMESTAMP_LTZ AS_TIMESTAMP_NTZ
    AS_TIMESTAMP_TZ AS_VARCHAR BITAND_AGG BITMAP_CONSTRUCT_AGG BITMAP_OR_AGG BOOLAND_AGG BOOLOR_AGG BOOLXOR_AGG
    CONDITIONAL_CHANGE_EVENT CONDITIONAL_TRUE_EVENT CURRENT_CLIENT CURRENT_IP_ADDRESS CURRENT_SESSION
    CURRENT_STATEMENT CURRENT_TRANSACTION DATE_FROM_PARTS DATEFROMPARTS DAYOFWEEK_ISO EQUAL_NULL FILTER GET_DDL
    GETBIT GREATEST_IGNORE_NULLS GROUPING GROUPING_ID HASH HASH_AGG HAVERSINE HEX_ENCODE HLL_ACCUMULATE HLL_COMBINE
    HLL_ESTIMATE HLL_EXPORT HLL_IMPORT INVOKER_ROLE INVOKER_SHARE IS_BINARY IS_BOOLEAN IS_CHAR
    IS_DATABASE_ROLE_IN_SESSION IS_DATE IS_DATE_VALUE IS_DECIMAL IS_DOUBLE IS_GRANTED_TO_INVOKER_ROLE
    IS_INSTANCE_ROLE_IN_SESSION IS_INTEGER IS_OBJECT IS_REAL IS_ROLE_IN_SESSION IS_TIME IS_TIMESTAMP_LTZ
    IS_TIMESTAMP_NTZ IS_TIMESTAMP_TZ IS_VARCHAR LAST_TRANSACTION LEAST_IGNORE_NULLS MD5_NUMBER OBJECT_DELETE
    OBJECT_PICK PARSE_XML RATIO_TO_REPORT TO_DECIMAL TO_OBJECT TO_XML TRY_PARSE_XML TRY_TO_GEOGRAPHY TRY_TO_GEOMETRY
    TRY_TO_VARIANT VECTOR_AVG VECTOR_MAX VECTOR_MIN VECTOR_SUM
    """
)
# Families of functions for places on earth and for sketches.
_FAMILIES = ("ST_", "H3_", "HLL_", "DATASKETCHES_")
# Snowflake's own, and yet they act, wait, read files or session variables, or send text to a model.
_REFUSED = words(
    """
    AI_COMPLETE AI_EXTRACT AI_FILTER AI_PARSE_DOCUMENT AI_REDACT AI_SENTIMENT AI_TRANSCRIBE AI_TRANSLATE
    BUILD_SCOPED_FILE_URL BUILD_STAGE_FILE_URL CORTEX_SEARCH_DATA_SCAN GET_ABSOLUTE_PATH GET_PRESIGNED_URL
    GET_RELATIVE_PATH GET_STAGE_LOCATION GETVARIABLE LAST_QUERY_ID RESULT_SCAN TO_QUERY
    """
)
_REFUSED_FAMILIES = ("SYSTEM$", "AI_", "FL_", "SNOWFLAKE$")
# Classes that the parser has for functions of other systems, or for those above.
_REFUSED_CLASSES: tuple[type[exp.Expr], ...] = (
    exp.AIAgg,
    exp.AIClassify,
    exp.AIEmbed,
    exp.AIForecast,
    exp.AIGenerate,
    exp.AISimilarity,
    exp.AISummarizeAgg,
    exp.DirectoryStage,
    exp.GenerateEmbedding,
    exp.GenerateTable,
    exp.GenerateText,
    exp.MLForecast,
    exp.MLTranslate,
    exp.NextValueFor,
    exp.OpenJSON,
    exp.ReadCSV,
    exp.ReadParquet,
    exp.SemanticView,
    exp.ToFile,
    exp.VectorSearch,
    exp.XMLTable,
)


def refused_function(node: exp.Expr) -> str | None:
    """Return the name of the function that `node` calls if it must not be called, else None."""
    if isinstance(node, _REFUSED_CLASSES):
        return called_name(node)
    if isinstance(node, exp.Anonymous):
        name = node.name.upper()
        if name in _REFUSED or name.startswith(_REFUSED_FAMILIES):
            return name
    # database.schema.name(...): somebody's function, or a model.
    return called_name(node) if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func) else None


def called_name(node: exp.Expr) -> str:
    """Return the name of the function that `node` calls, with what stands before it."""
    if isinstance(node, exp.Dot):
        return ".".join(called_name(part) for part in (node.this, node.expression) if isinstance(part, exp.Expr))
    if isinstance(node, exp.Anonymous):
        return node.name.upper()
    if isinstance(node, exp.Func):
        return node.sql_name()
    return node.name or type(node).__name__.upper()


def unknown_function(node: exp.Expr) -> str | None:
    """Return the name of the function that `node` calls if it is not one of Snowflake's own, else None."""
    if not isinstance(node, exp.Anonymous) or isinstance(node.parent, exp.Dot):
        return None
    called = node.this
    if isinstance(called, exp.Identifier) and called.quoted:
        return called.name
    name = node.name.upper()
    return None if name in _WITHOUT_CLASS or name in _PARSED or name.startswith(_FAMILIES) else name


def may_be_called_by_name(name: str) -> bool:
    """Tell whether a word before a parenthesis is surely no function that acts, and no foreign one."""
    upper = name.upper()
    if upper in _REFUSED or upper.startswith(_REFUSED_FAMILIES) or upper in _REFUSED_NAMES:
        return False
    return upper in _PARSED or upper in _WITHOUT_CLASS or upper.startswith((*_FAMILIES, "P_OCCURS_"))


_REFUSED_NAMES = frozenset(
    name for kind in _REFUSED_CLASSES if issubclass(kind, exp.Func) for name in kind.sql_names()
) | {"DIRECTORY", "GENERATOR", "IDENTIFIER", "SEMANTIC_VIEW"}
