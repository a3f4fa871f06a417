"""Stacks: the stack key, slots and plan of a lease, how an attempt began, what a worker waits for.

Revision: 0002, follows: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

KEY_OF_ITS_TRIALS = """
UPDATE leases SET stack_key = COALESCE((
    SELECT trials.stack_key FROM attempts JOIN trials ON trials.id = attempts.trial_id
    WHERE attempts.lease_id = leases.id LIMIT 1
), '')
"""


def upgrade() -> None:

    op.add_column('leases', sa.Column('stack_key', sa.String(length=16), server_default='', nullable=False))
    op.add_column('leases', sa.Column('slots', sa.Integer(), server_default='1', nullable=False))
    op.add_column('leases', sa.Column('plan', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=True))
    op.create_index('ix_leases_study_id_id', 'leases', ['study_id', 'id'], unique=False)
    op.execute(KEY_OF_ITS_TRIALS)
    op.add_column('attempts', sa.Column('first_data_epoch', sa.Integer(), server_default='0', nullable=False))
    op.add_column('attempts', sa.Column('resumed_epoch', sa.Integer(), server_default='0', nullable=False))
    op.add_column('workers', sa.Column('study_id', sa.Integer(), nullable=True))


def downgrade() -> None:

    # Not in a batch: SQLite would drop and remake the tables, and with them whatever refers to them.
    op.drop_column('workers', 'study_id')
    op.drop_column('attempts', 'resumed_epoch')
    op.drop_column('attempts', 'first_data_epoch')
    op.drop_index('ix_leases_study_id_id', table_name='leases')
    op.drop_column('leases', 'plan')
    op.drop_column('leases', 'slots')
    op.drop_column('leases', 'stack_key')

