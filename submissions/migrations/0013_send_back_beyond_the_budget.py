from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('submissions', '0012_overlaps_of_submissions'),
    ]

    operations = [
        migrations.AlterField(
            model_name='candidate',
            name='sent_back',
            field=models.CharField(blank=True, choices=[('overtaken', 'a merge of the same round had repaired it'), ('unlikely', 'it was all but bound to fail, and a test lowers the level of those that follow'), ('abandoned', 'a platform fault ended the round'), ('budget', 'with the repairs it needs it takes more accepts than epsilon allows')], max_length=10),
        ),
    ]
