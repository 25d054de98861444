"""The tables. Times are seconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

HASH = String(64)
NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up by itself in a column of type INTEGER alone."""

images = Table(
    "images",
    metadata,
    Column("hash", HASH, primary_key=True),
    Column("path", Text, nullable=True),  # below the image folder; none where images are not kept
    Column("bytes", Integer, nullable=False),
    Column("created", Float, nullable=False),
)

results = Table(
    "results",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("key", HASH, nullable=False, unique=True),  # of image, model file and options
    Column("image_hash", HASH, ForeignKey("images.hash"), nullable=False, index=True),
    Column("model", Text, nullable=False),
    Column("model_sha256", HASH, nullable=False),
    Column("options", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("reason", Text, nullable=True),
    Column("answer", Text, nullable=False),  # the whole answer as JSON
    Column("created", Float, nullable=False, index=True),
)

dataset_versions = Table(
    "dataset_versions",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("dataset", String(200), nullable=False),
    Column("number", Integer, nullable=False),
    Column("about", JSON, nullable=False),  # task, alphabet, lengths, as in dataset.toml
    Column("added", Integer, nullable=False),
    Column("images", Integer, nullable=False),
    Column("digest", HASH, nullable=False),
    Column("created", Float, nullable=False),
    Index("uq_dataset_versions_number", "dataset", "number", unique=True),
)

dataset_items = Table(
    "dataset_items",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("dataset", String(200), nullable=False),
    Column("version", Integer, nullable=False),  # the first version that holds it; all later ones do too
    Column("file", Text, nullable=False),
    Column("image_hash", HASH, ForeignKey("images.hash"), nullable=False),
    Column("label", Text, nullable=False),
    Column("split", String(20), nullable=False),
    Column("group", Text, nullable=False),
    Column("source", Text, nullable=False),
    Index("uq_dataset_items_image", "dataset", "image_hash", unique=True),
)

experiments = Table(
    "experiments",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("state", String(20), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("dataset", String(200), nullable=False),
    Column("dataset_version", Integer, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("progress", JSON, nullable=False),  # one entry a pass
    Column("metrics", JSON, nullable=False),
    Column("error", Text, nullable=True),
    Column("model_sha256", HASH, nullable=True),
    Column("model_path", Text, nullable=True),  # below the data folder
    Column("created", Float, nullable=False),
    Column("started", Float, nullable=True),
    Column("finished", Float, nullable=True),
    Column("beat", Float, nullable=True),  # when its worker was last heard of
    Column("attempts", Integer, nullable=False),
)

deployments = Table(
    "deployments",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("experiment", NUMBER, ForeignKey("experiments.id"), nullable=True),  # none: the configured model
    Column("previous", NUMBER, ForeignKey("deployments.id"), nullable=True),  # what going back leads to
    Column("forced", Integer, nullable=False),
    Column("created", Float, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("hash", HASH, nullable=False, unique=True),
    Column("created", Float, nullable=False),
)
