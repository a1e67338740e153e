"""Logs, metrics, dashboard and alarms."""
