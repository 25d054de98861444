"""Everything that the service keeps, behind one door."""

from __future__ import annotations

from captchakit.serving.store.database import Database
from captchakit.serving.store.datasets import Datasets
from captchakit.serving.store.deployments import Deployments
from captchakit.serving.store.experiments import Experiments
from captchakit.serving.store.images import Images
from captchakit.serving.store.keys import Keys
from captchakit.serving.store.migrating import upgrade
from captchakit.serving.store.results import Results
from captchakit.settings import Settings


class Store:
    """The tables and the folder of images."""

    def __init__(self, settings: Settings) -> None:
        """Open the database and bring its tables up to date."""
        settings.data.mkdir(parents=True, exist_ok=True)
        self.database = Database(settings.database)
        upgrade(self.database)
        self.images = Images(settings.data / "images")
        self.results = Results(self.database)
        self.datasets = Datasets(self.database)
        self.experiments = Experiments(self.database)
        self.deployments = Deployments(self.database)
        self.models_folder = settings.learned
        self.keys = Keys(self.database)

    def close(self) -> None:
        """Close all connections and files."""
        self.images.close()
        self.database.close()
