"""The tables as SQLAlchemy sees them; migrations make them, a test holds both equal."""

from cdm_core.tables.access import api_keys
from cdm_core.tables.activity import customer_behavior, customer_dropoff_tracking
from cdm_core.tables.catalogue import categories, products
from cdm_core.tables.changes import (
    consents,
    customer_changes,
    hand_overs,
    merges,
    not_duplicates,
    removed_relatives,
    tombstones,
)
from cdm_core.tables.contact import call_feedback, claims, customer_interactions, deals, follow_ups, waiting_notes
from cdm_core.tables.customers import customer_family_members, customer_keys, customers, name_tokens
from cdm_core.tables.delivery import delivery_attempts, inbox, outbox, run_requests, schedule_runs
from cdm_core.tables.files import files_to_delete, interaction_files, waiting_files
from cdm_core.tables.metadata import metadata
from cdm_core.tables.models import call_ranking, model_fits, recommendation_log
from cdm_core.tables.orders import order_keys, sales_order_items, sales_orders
from cdm_core.tables.people import absences, audit_log, chats, invites, settings, staff, teams
from cdm_core.tables.summary import (
    customer_summary,
    dashboard_snapshots,
    imports,
    lifecycle_transitions,
    stale_customers,
)
from cdm_core.tables.unasked import alert_messages, alerts, campaign_tasks, campaigns

__all__ = [
    "absences",
    "alert_messages",
    "alerts",
    "api_keys",
    "audit_log",
    "call_feedback",
    "call_ranking",
    "campaign_tasks",
    "campaigns",
    "categories",
    "chats",
    "claims",
    "consents",
    "customer_behavior",
    "customer_changes",
    "customer_dropoff_tracking",
    "customer_family_members",
    "customer_interactions",
    "customer_keys",
    "customer_summary",
    "customers",
    "dashboard_snapshots",
    "deals",
    "delivery_attempts",
    "files_to_delete",
    "follow_ups",
    "hand_overs",
    "imports",
    "inbox",
    "interaction_files",
    "invites",
    "lifecycle_transitions",
    "merges",
    "metadata",
    "model_fits",
    "name_tokens",
    "not_duplicates",
    "order_keys",
    "outbox",
    "products",
    "recommendation_log",
    "removed_relatives",
    "run_requests",
    "sales_order_items",
    "sales_orders",
    "schedule_runs",
    "settings",
    "staff",
    "stale_customers",
    "teams",
    "tombstones",
    "waiting_files",
    "waiting_notes",
]
