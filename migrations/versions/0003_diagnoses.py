"""Diagnoses: what verdicts speak for, the causes of a trial, its repairs, what workers knew of it.

Signals and evidence keep the order of their keys on Postgres from here on (json, not jsonb).

Revision: 0003, follows: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

ORDERED = (('epochs', 'signals'), ('verdicts', 'evidence'))


def upgrade() -> None:

    op.add_column('verdicts', sa.Column('causes', sa.JSON(), server_default='{}', nullable=False))
    op.add_column('attempts', sa.Column('facts', sa.JSON(), nullable=True))
    op.add_column('trials', sa.Column('repair_of', sa.Integer(), nullable=True))
    op.add_column('trials', sa.Column('patch', sa.JSON(), nullable=True))
    op.create_index('ix_trials_repair_of', 'trials', ['repair_of'], unique=False, sqlite_where=sa.text('repair_of IS NOT NULL'), postgresql_where=sa.text('repair_of IS NOT NULL'))
    op.create_table('diagnoses',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('study_id', sa.Integer(), nullable=False),
    sa.Column('trial_id', sa.Integer(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('cause', sa.String(length=64), nullable=False),
    sa.Column('confidence', sa.Double(), nullable=False),
    sa.Column('checks', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('confidence >= 0 AND confidence <= 1', name=op.f('ck_diagnoses_confidence')),
    sa.CheckConstraint('rank >= 1', name=op.f('ck_diagnoses_rank')),
    sa.ForeignKeyConstraint(['study_id'], ['studies.id'], name=op.f('fk_diagnoses_study_id_studies'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['trial_id'], ['trials.id'], name=op.f('fk_diagnoses_trial_id_trials'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_diagnoses')),
    sa.UniqueConstraint('trial_id', 'rank', name=op.f('uq_diagnoses_trial_id_rank'))
    )
    op.create_index('ix_diagnoses_study_id_cause', 'diagnoses', ['study_id', 'cause'], unique=False)
    _retype('json')


def downgrade() -> None:

    _retype('jsonb')
    op.drop_index('ix_diagnoses_study_id_cause', table_name='diagnoses')
    op.drop_table('diagnoses')
    # Not in a batch: SQLite would drop and remake the tables, and with them whatever refers to them.
    op.drop_index('ix_trials_repair_of', table_name='trials', sqlite_where=sa.text('repair_of IS NOT NULL'), postgresql_where=sa.text('repair_of IS NOT NULL'))
    op.drop_column('trials', 'patch')
    op.drop_column('trials', 'repair_of')
    op.drop_column('attempts', 'facts')
    op.drop_column('verdicts', 'causes')


def _retype(kind: str) -> None:
    """SQLite has text for both."""
    if op.get_bind().dialect.name == 'postgresql':
        for table, column in ORDERED:
            op.execute(f'ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind} USING {column}::{kind}')
