"""Runs the migrations on the connection that `cie db upgrade` hands over."""

import sqlalchemy as sa
from alembic import context

connection = context.config.attributes["connection"]
is_sqlite = connection.dialect.name == "sqlite"
driver = connection.connection.driver_connection

if is_sqlite:
    # batch mode drops a table and makes it again: with the pragma on, the rows that refer to it would vanish
    driver.execute("PRAGMA foreign_keys=OFF")

context.configure(connection=connection, render_as_batch=is_sqlite, transactional_ddl=True)
try:
    with context.begin_transaction():
        context.run_migrations()
        if is_sqlite:
            orphans = connection.execute(sa.text("PRAGMA foreign_key_check")).fetchall()
            if orphans:
                raise RuntimeError(f"the migration would leave {len(orphans)} rows without their parent")
finally:
    if is_sqlite:
        driver.execute("PRAGMA foreign_keys=ON")
