"""The one ``MetaData`` of the stored tables."""

from sqlalchemy import MetaData

metadata = MetaData()
