"""The tables of the store. Times are texts that sort; lists and objects are JSON texts."""

from __future__ import annotations

# Raised whenever a table changes: data of another version is refused rather than misread.
DATA_VERSION = 1
CREATE_TABLES = """
CREATE TABLE roles (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, permissions TEXT NOT NULL, log_type_access TEXT NOT NULL,
    log_type_access_kind TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, updated_by TEXT
);
CREATE TABLE users (
    id TEXT PRIMARY KEY, email TEXT NOT NULL, given_name TEXT NOT NULL, family_name TEXT NOT NULL,
    role_id TEXT NOT NULL, enabled INTEGER NOT NULL, status TEXT NOT NULL, created_at TEXT NOT NULL,
    last_logged_in_at TEXT
);
CREATE TABLE tokens (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, value TEXT NOT NULL UNIQUE, permissions TEXT NOT NULL,
    allowed_cidr_blocks TEXT NOT NULL, created_at TEXT NOT NULL, created_by TEXT NOT NULL, expires_at TEXT,
    last_used_at TEXT, rotated_at TEXT, rotated_by TEXT, updated_at TEXT, updated_by TEXT
);
CREATE TABLE alerts (
    id TEXT PRIMARY KEY, listing_type TEXT NOT NULL, subtype TEXT NOT NULL, title TEXT NOT NULL,
    severity TEXT NOT NULL, status TEXT NOT NULL, description TEXT NOT NULL, reference TEXT NOT NULL,
    runbook TEXT NOT NULL, created_at TEXT NOT NULL, first_event_at TEXT, last_event_at TEXT NOT NULL,
    updated_at TEXT, updated_by TEXT, assignee_id TEXT, detection_id TEXT, system_error TEXT, source_id TEXT,
    log_types TEXT NOT NULL, log_sources TEXT NOT NULL, resource_types TEXT NOT NULL, event_count INTEGER NOT NULL,
    deliveries TEXT NOT NULL, context TEXT NOT NULL
);
CREATE INDEX alerts_by_time ON alerts (created_at);
CREATE TABLE alert_events (
    alert_id TEXT NOT NULL, position INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (alert_id, position)
);
CREATE TABLE comments (
    id TEXT PRIMARY KEY, alert_id TEXT NOT NULL, body TEXT NOT NULL, format TEXT NOT NULL,
    created_at TEXT NOT NULL, created_by TEXT NOT NULL, updated_at TEXT, updated_by TEXT
);
CREATE TABLE documents (
    kind TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, id)
);
CREATE TABLE queries (
    id TEXT PRIMARY KEY, sql TEXT NOT NULL, name TEXT, status TEXT NOT NULL, message TEXT NOT NULL,
    is_scheduled INTEGER NOT NULL, issued_by TEXT, started_at TEXT NOT NULL, completed_at TEXT,
    columns TEXT NOT NULL, types TEXT NOT NULL, row_count INTEGER NOT NULL, bytes_scanned INTEGER NOT NULL,
    execution_ms REAL NOT NULL, parent_id TEXT
);
CREATE TABLE query_rows (
    query_id TEXT NOT NULL, position INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (query_id, position)
);
CREATE TABLE ai_streams (
    id TEXT PRIMARY KEY, alert_id TEXT, asked TEXT, text TEXT NOT NULL, polls INTEGER NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
