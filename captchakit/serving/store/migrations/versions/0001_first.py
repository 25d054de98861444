"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

HASH = sa.String(64)
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "images",
        sa.Column("hash", HASH, primary_key=True),
        sa.Column("path", sa.Text, nullable=True),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
    )
    op.create_table(
        "results",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("key", HASH, nullable=False),
        sa.Column("image_hash", HASH, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("model_sha256", HASH, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.UniqueConstraint("key", name="uq_results_key"),
        sa.ForeignKeyConstraint(["image_hash"], ["images.hash"], name="fk_results_image_hash_images"),
    )
    op.create_index("ix_results_image_hash", "results", ["image_hash"])
    op.create_index("ix_results_created", "results", ["created"])
    _datasets()
    _experiments()
    op.create_table(
        "keys",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("hash", HASH, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.UniqueConstraint("name", name="uq_keys_name"),
        sa.UniqueConstraint("hash", name="uq_keys_hash"),
    )


def _datasets() -> None:
    op.create_table(
        "dataset_versions",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("dataset", sa.String(200), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("about", sa.JSON, nullable=False),
        sa.Column("added", sa.Integer, nullable=False),
        sa.Column("images", sa.Integer, nullable=False),
        sa.Column("digest", HASH, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
    )
    op.create_index("uq_dataset_versions_number", "dataset_versions", ["dataset", "number"], unique=True)
    op.create_table(
        "dataset_items",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("dataset", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("image_hash", HASH, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("split", sa.String(20), nullable=False),
        sa.Column("group", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["image_hash"], ["images.hash"], name="fk_dataset_items_image_hash_images"),
    )
    op.create_index("uq_dataset_items_image", "dataset_items", ["dataset", "image_hash"], unique=True)


def _experiments() -> None:
    op.create_table(
        "experiments",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("dataset", sa.String(200), nullable=False),
        sa.Column("dataset_version", sa.Integer, nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("progress", sa.JSON, nullable=False),
        sa.Column("metrics", sa.JSON, nullable=False),
        sa.Column("error", sa.Text, nullable=True),
        sa.Column("model_sha256", HASH, nullable=True),
        sa.Column("model_path", sa.Text, nullable=True),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("started", sa.Float, nullable=True),
        sa.Column("finished", sa.Float, nullable=True),
        sa.Column("beat", sa.Float, nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
    op.create_index("ix_experiments_state", "experiments", ["state"])
    op.create_table(
        "deployments",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("experiment", NUMBER, nullable=True),
        sa.Column("previous", NUMBER, nullable=True),
        sa.Column("forced", sa.Integer, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(["experiment"], ["experiments.id"], name="fk_deployments_experiment_experiments"),
        sa.ForeignKeyConstraint(["previous"], ["deployments.id"], name="fk_deployments_previous_deployments"),
    )
