"""What comments are about without asking a codebook: topics, issue clusters, what is emerging."""

from topics.clusters import ClusterUpdate, update_clusters
from topics.counts import count_series, read_counts
from topics.emerging import find_signals, replay, signal_records
from topics.fix_watch import watch_fix
from topics.model import Topic, TopicFit, assign_topics, fit_topics
from topics.names import name_from_terms, unique_names
from topics.quotes import choose_quotes
from topics.refresh_clusters import refresh_clusters
from topics.refresh_facts import refresh_issue_facts
from topics.refresh_signals import refresh_signals, store_counts, theme_phrases
from topics.refresh_topics import refresh_topics
from topics.scan import find_novel

__all__ = [
    "ClusterUpdate",
    "Topic",
    "TopicFit",
    "assign_topics",
    "choose_quotes",
    "count_series",
    "find_novel",
    "find_signals",
    "fit_topics",
    "name_from_terms",
    "read_counts",
    "refresh_clusters",
    "refresh_issue_facts",
    "refresh_signals",
    "refresh_topics",
    "replay",
    "signal_records",
    "store_counts",
    "theme_phrases",
    "unique_names",
    "update_clusters",
    "watch_fix",
]
