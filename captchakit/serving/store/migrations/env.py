"""Alembic's way in: run by `captchakit.serving.store.migrating` on a connection that holds the lock."""

from alembic import context

from captchakit.serving.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
