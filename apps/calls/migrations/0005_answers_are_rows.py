import django.db.models.deletion
from django.db import migrations, models

# Answers were a column of the attempt: {question key: {"question": text as asked, "answer": text or list}}.
COPY = """
insert into calls_answer (
    tenant_id, attempt_id, lead_id, campaign_id, script_version_id, position, key, question, kind, text, options,
    is_partial, answered_at
)
select a.tenant_id, a.id, a.lead_id, a.campaign_id, c.script_version_id, item.n - 1, left(item.key, 64),
    coalesce(item.value ->> 'question', ''), case when said.options = '{}' then 'text' else 'multiple' end,
    case when said.options = '{}' then item.value ->> 'answer' else array_to_string(said.options, '; ') end,
    said.options, false, coalesce(a.disposed_at, a.reserved_at)
from calls_attempt a
join campaigns_campaign c on c.id = a.campaign_id
cross join lateral jsonb_each(a.answers) with ordinality item (key, value, n)
cross join lateral (
    select array(
        select jsonb_array_elements_text(item.value -> 'answer')
        where jsonb_typeof(item.value -> 'answer') = 'array'
    ) as options
) said
where item.value ->> 'answer' is not null;
set constraints all immediate;
set constraints all deferred;
"""


class Migration(migrations.Migration):
    dependencies = [("calls", "0004_answers")]

    operations = [
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="attempt", name="answers"),
        migrations.AlterField(
            model_name="answer",
            name="attempt",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="answers",
                to="calls.attempt",
            ),
        ),
    ]
