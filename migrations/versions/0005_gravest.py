"""The gravest verdicts of a study, and those of a whole shape, are found without reading all.

Revision: 0005, follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_verdicts_study_id_severity_trial_id', 'verdicts', ['study_id', 'severity', 'trial_id'], unique=False)
    op.create_index('ix_verdicts_study_id_stack_key', 'verdicts', ['study_id', 'stack_key'], unique=False, sqlite_where=sa.text('stack_key IS NOT NULL'), postgresql_where=sa.text('stack_key IS NOT NULL'))


def downgrade() -> None:
    op.drop_index('ix_verdicts_study_id_stack_key', table_name='verdicts', sqlite_where=sa.text('stack_key IS NOT NULL'), postgresql_where=sa.text('stack_key IS NOT NULL'))
    op.drop_index('ix_verdicts_study_id_severity_trial_id', table_name='verdicts')
