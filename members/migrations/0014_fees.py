from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import kip.content
import members.models.invoices

# A Finnish reference number: the digits before the last, from the right, by 7, 3, 1, filled up to
# the next ten (`members/references.py`).
REFERENCE_HOLDS = """
CREATE FUNCTION members_reference_holds(number text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN number ~ '^[1-9][0-9]{3,19}$' THEN (
        SELECT (10 - sum(
            substr(reverse(left(number, -1)), n, 1)::int * (ARRAY[7, 3, 1])[1 + (n - 1) % 3]
        ) % 10) % 10 = right(number, 1)::int
        FROM generate_series(1, length(number) - 1) AS n
    ) ELSE false END
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0001_documents"),
        ("members", "0013_before_the_system"),
        ("pghistory", "0007_auto_20250421_0444"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(REFERENCE_HOLDS, "DROP FUNCTION members_reference_holds(text)"),
        migrations.CreateModel(
            name="FeeBand",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "up_to",
                    models.PositiveBigIntegerField(blank=True, null=True, verbose_name="up to"),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=8,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("999999.99")),
                        ],
                        verbose_name="fee in euros",
                    ),
                ),
            ],
            options={
                "verbose_name": "band of fees",
                "verbose_name_plural": "bands of fees",
                "ordering": ["fee_year", models.OrderBy(models.F("up_to"), nulls_last=True)],
            },
        ),
        migrations.CreateModel(
            name="BankFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="file")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("read", "read, not booked"),
                            ("booked", "booked"),
                            ("dropped", "dropped"),
                        ],
                        default="read",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("entries", models.JSONField(default=list)),
                ("payments", models.PositiveIntegerField(default=0, verbose_name="payments")),
                ("booked", models.PositiveIntegerField(default=0, verbose_name="booked")),
                ("uploaded_at", models.DateTimeField(verbose_name="uploaded")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
            ],
            options={
                "verbose_name": "file of a bank",
                "verbose_name_plural": "files of banks",
                "ordering": ["-uploaded_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="BankFileEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("read", "read, not booked"),
                            ("booked", "booked"),
                            ("dropped", "dropped"),
                        ],
                        default="read",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="file")),
                ("payments", models.PositiveIntegerField(default=0, verbose_name="payments")),
                ("booked", models.PositiveIntegerField(default=0, verbose_name="booked")),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="status_name_payments_booked_events",
                        to="members.bankfile",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="FeeValue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.PositiveBigIntegerField(blank=True, null=True, verbose_name="number"),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=8,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("999999.99")),
                        ],
                        verbose_name="fee in euros",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.member",
                    ),
                ),
            ],
            options={
                "verbose_name": "value for the fees",
                "verbose_name_plural": "values for the fees",
                "ordering": ["fee_year", "member"],
            },
        ),
        migrations.CreateModel(
            name="FeeYear",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        error_messages={"unique": "The fees of this year are here already."},
                        unique=True,
                        validators=[
                            django.core.validators.MinValueValidator(2006),
                            django.core.validators.MaxValueValidator(2199),
                        ],
                        verbose_name="year",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "being prepared"), ("fixed", "fixed")],
                        default="draft",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("flat", "the same for all"),
                            ("headcount", "by people employed in the Park"),
                            ("turnover", "by turnover"),
                            ("list", "a list, company by company"),
                        ],
                        default="flat",
                        max_length=10,
                        verbose_name="basis of the fee",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=8,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.01")),
                            django.core.validators.MaxValueValidator(Decimal("999999.99")),
                        ],
                        verbose_name="fee in euros",
                    ),
                ),
                (
                    "members_on",
                    models.DateField(
                        help_text="Who is a member on this day is billed, and nobody else.",
                        verbose_name="owed by members on",
                    ),
                ),
                ("due_on", models.DateField(verbose_name="due date")),
                ("decided_on", models.DateField(verbose_name="decided on")),
                (
                    "decision",
                    models.CharField(
                        help_text="The general meeting and the section, e.g. “Annual general meeting, § 9”.",
                        max_length=200,
                        verbose_name="decision",
                    ),
                ),
                (
                    "vat_note_fi",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="note on VAT, in Finnish"
                    ),
                ),
                (
                    "vat_note_sv",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="note on VAT, in Swedish"
                    ),
                ),
                (
                    "vat_note_en",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="note on VAT, in English"
                    ),
                ),
                ("payee", models.CharField(max_length=70, verbose_name="payee")),
                ("iban", models.CharField(max_length=34, verbose_name="account number (IBAN)")),
                ("bic", models.CharField(max_length=11, verbose_name="code of the bank (BIC)")),
                ("fixed_at", models.DateTimeField(blank=True, null=True, verbose_name="fixed")),
                (
                    "fixed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "fees of a year",
                "verbose_name_plural": "fees",
                "ordering": ["-year"],
            },
            bases=(kip.content.InTheReadersLanguage, models.Model),
        ),
        migrations.CreateModel(
            name="FeeValueEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "number",
                    models.PositiveBigIntegerField(blank=True, null=True, verbose_name="number"),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=8,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("999999.99")),
                        ],
                        verbose_name="fee in euros",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.member",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="fee_year_member_number_amount_events",
                        to="members.feevalue",
                    ),
                ),
                (
                    "fee_year",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.feeyear",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="feevalue",
            name="fee_year",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="values",
                to="members.feeyear",
            ),
        ),
        migrations.CreateModel(
            name="FeeBandEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "up_to",
                    models.PositiveBigIntegerField(blank=True, null=True, verbose_name="up to"),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=8,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("999999.99")),
                        ],
                        verbose_name="fee in euros",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="fee_year_up_to_amount_events",
                        to="members.feeband",
                    ),
                ),
                (
                    "fee_year",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.feeyear",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="feeband",
            name="fee_year",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bands",
                to="members.feeyear",
            ),
        ),
        migrations.CreateModel(
            name="FeeYearEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        error_messages={"unique": "The fees of this year are here already."},
                        validators=[
                            django.core.validators.MinValueValidator(2006),
                            django.core.validators.MaxValueValidator(2199),
                        ],
                        verbose_name="year",
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("flat", "the same for all"),
                            ("headcount", "by people employed in the Park"),
                            ("turnover", "by turnover"),
                            ("list", "a list, company by company"),
                        ],
                        default="flat",
                        max_length=10,
                        verbose_name="basis of the fee",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=8,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.01")),
                            django.core.validators.MaxValueValidator(Decimal("999999.99")),
                        ],
                        verbose_name="fee in euros",
                    ),
                ),
                (
                    "members_on",
                    models.DateField(
                        help_text="Who is a member on this day is billed, and nobody else.",
                        verbose_name="owed by members on",
                    ),
                ),
                ("due_on", models.DateField(verbose_name="due date")),
                ("decided_on", models.DateField(verbose_name="decided on")),
                (
                    "decision",
                    models.CharField(
                        help_text="The general meeting and the section, e.g. “Annual general meeting, § 9”.",
                        max_length=200,
                        verbose_name="decision",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "being prepared"), ("fixed", "fixed")],
                        default="draft",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("payee", models.CharField(max_length=70, verbose_name="payee")),
                ("iban", models.CharField(max_length=34, verbose_name="account number (IBAN)")),
                ("bic", models.CharField(max_length=11, verbose_name="code of the bank (BIC)")),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="year_basis_amount_members_on_due_on_decided_on_decision_status_payee_iban_bic_events",
                        to="members.feeyear",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(unique=True, verbose_name="invoice number")),
                (
                    "reference",
                    models.CharField(max_length=20, unique=True, verbose_name="reference number"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("issued", "in force"), ("credited", "credited")],
                        default="issued",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("invoiced_on", models.DateField(verbose_name="date of the invoice")),
                ("due_on", models.DateField(verbose_name="due date")),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=8,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.01")),
                            django.core.validators.MaxValueValidator(Decimal("999999.99")),
                        ],
                        verbose_name="amount in euros",
                    ),
                ),
                (
                    "counted",
                    models.PositiveBigIntegerField(blank=True, null=True, verbose_name="number"),
                ),
                ("language", models.CharField(max_length=2, verbose_name="language")),
                ("billed_name", models.CharField(max_length=200, verbose_name="company")),
                ("billed_address", models.TextField(blank=True, verbose_name="postal address")),
                (
                    "business_id",
                    models.CharField(blank=True, max_length=40, verbose_name="business ID"),
                ),
                (
                    "einvoice_address",
                    models.CharField(blank=True, max_length=40, verbose_name="e-invoice address"),
                ),
                (
                    "einvoice_operator",
                    models.CharField(blank=True, max_length=40, verbose_name="e-invoice operator"),
                ),
                ("asked_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent")),
                (
                    "credited_on",
                    models.DateField(blank=True, null=True, verbose_name="credited on"),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="why it was credited"
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "document",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
                    ),
                ),
                (
                    "fee_year",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="members.feeyear",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="members.member",
                    ),
                ),
            ],
            options={
                "verbose_name": "invoice",
                "verbose_name_plural": "invoices",
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="FeeReminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("nth", models.PositiveSmallIntegerField(verbose_name="reminder")),
                ("sent_at", models.DateTimeField(verbose_name="sent")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="members.invoice",
                    ),
                ),
            ],
            options={
                "verbose_name": "reminder of a fee",
                "verbose_name_plural": "reminders of fees",
                "ordering": ["invoice", "nth"],
            },
        ),
        migrations.CreateModel(
            name="InvoiceEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("number", models.PositiveIntegerField(verbose_name="invoice number")),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=8,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.01")),
                            django.core.validators.MaxValueValidator(Decimal("999999.99")),
                        ],
                        verbose_name="amount in euros",
                    ),
                ),
                ("due_on", models.DateField(verbose_name="due date")),
                (
                    "status",
                    models.CharField(
                        choices=[("issued", "in force"), ("credited", "credited")],
                        default="issued",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent")),
                (
                    "fee_year",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.feeyear",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.member",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="fee_year_member_number_amount_due_on_status_sent_at_events",
                        to="members.invoice",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2, max_digits=12, verbose_name="amount in euros"
                    ),
                ),
                ("booked_on", models.DateField(verbose_name="booked on")),
                (
                    "source",
                    models.CharField(
                        choices=[("hand", "entered by hand"), ("file", "a bank’s file")],
                        max_length=10,
                        verbose_name="how it is known",
                    ),
                ),
                (
                    "archive_id",
                    models.CharField(blank=True, max_length=60, verbose_name="archive ID"),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="why it was taken back"
                    ),
                ),
                ("recorded_at", models.DateTimeField(verbose_name="entered")),
                (
                    "bank_file",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="booked_payments",
                        to="members.bankfile",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="members.invoice",
                    ),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversal",
                        to="members.payment",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment",
                "verbose_name_plural": "payments",
                "ordering": ["booked_on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="PaymentEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2, max_digits=12, verbose_name="amount in euros"
                    ),
                ),
                ("booked_on", models.DateField(verbose_name="booked on")),
                (
                    "source",
                    models.CharField(
                        choices=[("hand", "entered by hand"), ("file", "a bank’s file")],
                        max_length=10,
                        verbose_name="how it is known",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="why it was taken back"
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.invoice",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="invoice_amount_booked_on_source_reverses_reason_events",
                        to="members.payment",
                    ),
                ),
                (
                    "reverses",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.payment",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bankfile",
            trigger=pgtrigger.compiler.Trigger(
                name="status_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{read:booked,read:dropped}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="fd45025d1265c95f2fca36e2f142b89edecf91c6",
                    operation="UPDATE",
                    pgid="pgtrigger_status_moves_8b503",
                    table="members_bankfile",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bankfile",
            trigger=pgtrigger.compiler.Trigger(
                name="status_begins",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NOT (NEW.\"status\" = 'read'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                    hash="b18afb2f6d873e60c28b33acb2b94340705c3119",
                    operation="INSERT",
                    pgid="pgtrigger_status_begins_87355",
                    table="members_bankfile",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bankfile",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_bankfileevent" ("booked", "name", "payments", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "status") VALUES (NEW."booked", NEW."name", NEW."payments", _pgh_attach_context(), kip_history_at(), \'insert\', NEW."id", NEW."status"); RETURN NULL;',
                    hash="f3e1309eed5e5e053b159e3ee99929f763cae073",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_364c3",
                    table="members_bankfile",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bankfile",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."booked" IS DISTINCT FROM (NEW."booked") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."payments" IS DISTINCT FROM (NEW."payments") OR OLD."status" IS DISTINCT FROM (NEW."status"))',
                    func='INSERT INTO "members_bankfileevent" ("booked", "name", "payments", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "status") VALUES (NEW."booked", NEW."name", NEW."payments", _pgh_attach_context(), kip_history_at(), \'update\', NEW."id", NEW."status"); RETURN NULL;',
                    hash="b21f5f3cb6d10b5511a9086edf16bc15c049a9aa",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_73b8d",
                    table="members_bankfile",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bankfile",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_bankfileevent" ("booked", "name", "payments", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "status") VALUES (OLD."booked", OLD."name", OLD."payments", _pgh_attach_context(), kip_history_at(), \'delete\', OLD."id", OLD."status"); RETURN NULL;',
                    hash="c53cbe2bf7713e2c392fe321f0ff7105dccb7693",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_49ceb",
                    table="members_bankfile",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bankfileevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3832dc52c1cf3f51d97e4fe597cc83a159621fe6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_7cd1f",
                    table="members_bankfileevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="feeyear",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__isnull", False), ("basis", "flat")),
                    models.Q(models.Q(("basis", "flat"), _negated=True), ("amount__isnull", True)),
                    _connector="OR",
                ),
                name="feeyear_amount_iff_flat",
            ),
        ),
        migrations.AddConstraint(
            model_name="feeyear",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("fixed_at__isnull", False), ("status", "fixed")),
                    models.Q(("fixed_at__isnull", True), ("status", "draft")),
                    _connector="OR",
                ),
                name="feeyear_fixed_iff_dated",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feeyear",
            trigger=pgtrigger.compiler.Trigger(
                name="status_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{draft:fixed}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="a6dcb87ab62868115d747261db7a581fdc71bf22",
                    operation="UPDATE",
                    pgid="pgtrigger_status_moves_bb95b",
                    table="members_feeyear",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feeyear",
            trigger=pgtrigger.compiler.Trigger(
                name="status_begins",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NOT (NEW.\"status\" = 'draft'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                    hash="8afbd4dfa3c1baccde2f0d8bd348f8fefbc0fc1f",
                    operation="INSERT",
                    pgid="pgtrigger_status_begins_cf95a",
                    table="members_feeyear",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feeyear",
            trigger=pgtrigger.compiler.Trigger(
                name="fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"status\" = 'fixed')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="114af4bf3814bd7fc0c4d7e87a56d25cc54020ab",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_fixed_1b0d3",
                    table="members_feeyear",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feeyear",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_feeyearevent" ("amount", "basis", "bic", "decided_on", "decision", "due_on", "iban", "members_on", "payee", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "status", "year") VALUES (NEW."amount", NEW."basis", NEW."bic", NEW."decided_on", NEW."decision", NEW."due_on", NEW."iban", NEW."members_on", NEW."payee", _pgh_attach_context(), kip_history_at(), \'insert\', NEW."id", NEW."status", NEW."year"); RETURN NULL;',
                    hash="d0c66d1a2daac0689d4c751a666f77073e5c7c8a",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_d0ad9",
                    table="members_feeyear",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feeyear",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."basis" IS DISTINCT FROM (NEW."basis") OR OLD."bic" IS DISTINCT FROM (NEW."bic") OR OLD."decided_on" IS DISTINCT FROM (NEW."decided_on") OR OLD."decision" IS DISTINCT FROM (NEW."decision") OR OLD."due_on" IS DISTINCT FROM (NEW."due_on") OR OLD."iban" IS DISTINCT FROM (NEW."iban") OR OLD."members_on" IS DISTINCT FROM (NEW."members_on") OR OLD."payee" IS DISTINCT FROM (NEW."payee") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."year" IS DISTINCT FROM (NEW."year"))',
                    func='INSERT INTO "members_feeyearevent" ("amount", "basis", "bic", "decided_on", "decision", "due_on", "iban", "members_on", "payee", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "status", "year") VALUES (NEW."amount", NEW."basis", NEW."bic", NEW."decided_on", NEW."decision", NEW."due_on", NEW."iban", NEW."members_on", NEW."payee", _pgh_attach_context(), kip_history_at(), \'update\', NEW."id", NEW."status", NEW."year"); RETURN NULL;',
                    hash="ad594305535b2f89924c0f43617657861e20de21",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_75d56",
                    table="members_feeyear",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feeyear",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_feeyearevent" ("amount", "basis", "bic", "decided_on", "decision", "due_on", "iban", "members_on", "payee", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "status", "year") VALUES (OLD."amount", OLD."basis", OLD."bic", OLD."decided_on", OLD."decision", OLD."due_on", OLD."iban", OLD."members_on", OLD."payee", _pgh_attach_context(), kip_history_at(), \'delete\', OLD."id", OLD."status", OLD."year"); RETURN NULL;',
                    hash="594ed2df091d837ed3b2c94378ad10262da9ded4",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_206b2",
                    table="members_feeyear",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feevalueevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="4182998516411f807a95fc3f5d38a9ee1b69635f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_6984c",
                    table="members_feevalueevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="feevalue",
            constraint=models.UniqueConstraint(fields=("fee_year", "member"), name="feevalue_once"),
        ),
        migrations.AddConstraint(
            model_name="feevalue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__isnull", True), ("number__isnull", False)),
                    models.Q(("amount__isnull", False), ("number__isnull", True)),
                    _connector="OR",
                ),
                name="feevalue_is_a_number_or_an_amount",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feevalue",
            trigger=pgtrigger.compiler.Trigger(
                name="only_while_drafted_new",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF EXISTS (SELECT 1 FROM members_feeyear WHERE id = NEW.fee_year_id AND status = 'fixed') THEN RAISE EXCEPTION 'pgtrigger: the fees of this year are fixed'; END IF; RETURN NEW;",
                    hash="10446a3fbd3a0b5db44cf0a46e64f4e35a595c4a",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_only_while_drafted_new_e22ea",
                    table="members_feevalue",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feevalue",
            trigger=pgtrigger.compiler.Trigger(
                name="only_while_drafted_old",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF EXISTS (SELECT 1 FROM members_feeyear WHERE id = OLD.fee_year_id AND status = 'fixed') THEN RAISE EXCEPTION 'pgtrigger: the fees of this year are fixed'; END IF; RETURN OLD;",
                    hash="4662d6109f770c2e1f3fce14abd48a4286575336",
                    operation="DELETE",
                    pgid="pgtrigger_only_while_drafted_old_ed4ff",
                    table="members_feevalue",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feevalue",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_feevalueevent" ("amount", "fee_year_id", "member_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."amount", NEW."fee_year_id", NEW."member_id", NEW."number", _pgh_attach_context(), kip_history_at(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="e3bdd354a4531f4778a1d405c296868741e79f88",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_a3486",
                    table="members_feevalue",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feevalue",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."fee_year_id" IS DISTINCT FROM (NEW."fee_year_id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."number" IS DISTINCT FROM (NEW."number"))',
                    func='INSERT INTO "members_feevalueevent" ("amount", "fee_year_id", "member_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."amount", NEW."fee_year_id", NEW."member_id", NEW."number", _pgh_attach_context(), kip_history_at(), \'update\', NEW."id"); RETURN NULL;',
                    hash="a31754408fd2a71866cefbaf734369766624b76e",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_8b5d5",
                    table="members_feevalue",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feevalue",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_feevalueevent" ("amount", "fee_year_id", "member_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."amount", OLD."fee_year_id", OLD."member_id", OLD."number", _pgh_attach_context(), kip_history_at(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="1f2748b2d7134407c706ffca8f6c6c6f18fbe5aa",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_25621",
                    table="members_feevalue",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feebandevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="7e3d572f03039696ac4d19d7278c875195612386",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_89def",
                    table="members_feebandevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="feeband",
            constraint=models.UniqueConstraint(
                fields=("fee_year", "up_to"), name="feeband_once", nulls_distinct=False
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feeband",
            trigger=pgtrigger.compiler.Trigger(
                name="only_while_drafted_new",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF EXISTS (SELECT 1 FROM members_feeyear WHERE id = NEW.fee_year_id AND status = 'fixed') THEN RAISE EXCEPTION 'pgtrigger: the fees of this year are fixed'; END IF; RETURN NEW;",
                    hash="5f9ef15cf666166248d5656dbd617a7d2ec66a62",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_only_while_drafted_new_e5bb6",
                    table="members_feeband",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feeband",
            trigger=pgtrigger.compiler.Trigger(
                name="only_while_drafted_old",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF EXISTS (SELECT 1 FROM members_feeyear WHERE id = OLD.fee_year_id AND status = 'fixed') THEN RAISE EXCEPTION 'pgtrigger: the fees of this year are fixed'; END IF; RETURN OLD;",
                    hash="9048fc3039f65e7364084ba35e06cd898aef5687",
                    operation="DELETE",
                    pgid="pgtrigger_only_while_drafted_old_b9ad2",
                    table="members_feeband",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feeband",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_feebandevent" ("amount", "fee_year_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "up_to") VALUES (NEW."amount", NEW."fee_year_id", _pgh_attach_context(), kip_history_at(), \'insert\', NEW."id", NEW."up_to"); RETURN NULL;',
                    hash="9e1551173cdadedde5f30f8534df8f4c34aa88e6",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_9c173",
                    table="members_feeband",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feeband",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_feebandevent" ("amount", "fee_year_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "up_to") VALUES (OLD."amount", OLD."fee_year_id", _pgh_attach_context(), kip_history_at(), \'delete\', OLD."id", OLD."up_to"); RETURN NULL;',
                    hash="6b564d4809ae527c9c9fcf920a9d17b2665bc310",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_4ea02",
                    table="members_feeband",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feeyearevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e47909fa57639c29a6b709998c127c1f31eb2f18",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_2ace1",
                    table="members_feeyearevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("asked_at__isnull", False), ("sent_at__isnull", True)),
                fields=["asked_at"],
                name="invoice_to_send",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "issued")),
                fields=("fee_year", "member"),
                name="invoice_one_in_force",
                violation_error_message="This company has an invoice for the year already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(members.models.invoices.HasACheckDigit(models.F("reference"))),
                name="invoice_reference_holds",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="invoice_asks_for_money"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("credited_on__isnull", True), ("reason", ""), ("status", "issued")),
                    models.Q(
                        ("credited_on__isnull", False),
                        ("status", "credited"),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="invoice_credited_iff_dated",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoice",
            trigger=pgtrigger.compiler.Trigger(
                name="status_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{issued:credited}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="44eded2d2a6e5bf39cfa4cf904d3ac614bcb4702",
                    operation="UPDATE",
                    pgid="pgtrigger_status_moves_1add3",
                    table="members_invoice",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoice",
            trigger=pgtrigger.compiler.Trigger(
                name="status_begins",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NOT (NEW.\"status\" = 'issued'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                    hash="ea24d15ac8ef0bf3b0d32f173547ba93d6b6e141",
                    operation="INSERT",
                    pgid="pgtrigger_status_begins_58164",
                    table="members_invoice",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoice",
            trigger=pgtrigger.compiler.Trigger(
                name="immutable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."fee_year_id" IS DISTINCT FROM (NEW."fee_year_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."invoiced_on" IS DISTINCT FROM (NEW."invoiced_on") OR OLD."due_on" IS DISTINCT FROM (NEW."due_on") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."counted" IS DISTINCT FROM (NEW."counted") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."billed_name" IS DISTINCT FROM (NEW."billed_name") OR OLD."billed_address" IS DISTINCT FROM (NEW."billed_address") OR OLD."business_id" IS DISTINCT FROM (NEW."business_id") OR OLD."einvoice_address" IS DISTINCT FROM (NEW."einvoice_address") OR OLD."einvoice_operator" IS DISTINCT FROM (NEW."einvoice_operator"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="e0fb0b244796e6626b2c07e81904c8a5bf5a001c",
                    operation="UPDATE",
                    pgid="pgtrigger_immutable_3f87e",
                    table="members_invoice",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoice",
            trigger=pgtrigger.compiler.Trigger(
                name="kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="7bcff0d83cfacf00cd3568b52f35377c4c6f160f",
                    operation="DELETE",
                    pgid="pgtrigger_kept_4acf7",
                    table="members_invoice",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoice",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_invoiceevent" ("amount", "due_on", "fee_year_id", "member_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sent_at", "status") VALUES (NEW."amount", NEW."due_on", NEW."fee_year_id", NEW."member_id", NEW."number", _pgh_attach_context(), kip_history_at(), \'insert\', NEW."id", NEW."sent_at", NEW."status"); RETURN NULL;',
                    hash="b5193b580939cf5ede405f5686d17a6e295c4f00",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_6f43c",
                    table="members_invoice",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoice",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."due_on" IS DISTINCT FROM (NEW."due_on") OR OLD."fee_year_id" IS DISTINCT FROM (NEW."fee_year_id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."sent_at" IS DISTINCT FROM (NEW."sent_at") OR OLD."status" IS DISTINCT FROM (NEW."status"))',
                    func='INSERT INTO "members_invoiceevent" ("amount", "due_on", "fee_year_id", "member_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sent_at", "status") VALUES (NEW."amount", NEW."due_on", NEW."fee_year_id", NEW."member_id", NEW."number", _pgh_attach_context(), kip_history_at(), \'update\', NEW."id", NEW."sent_at", NEW."status"); RETURN NULL;',
                    hash="da3d683245f5e96028c9a1a09aea03747d0842e2",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_e1816",
                    table="members_invoice",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoice",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_invoiceevent" ("amount", "due_on", "fee_year_id", "member_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sent_at", "status") VALUES (OLD."amount", OLD."due_on", OLD."fee_year_id", OLD."member_id", OLD."number", _pgh_attach_context(), kip_history_at(), \'delete\', OLD."id", OLD."sent_at", OLD."status"); RETURN NULL;',
                    hash="81dab165768da2f25115e36744dfef8369b59774",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_337fb",
                    table="members_invoice",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="feereminder",
            constraint=models.UniqueConstraint(fields=("invoice", "nth"), name="feereminder_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feereminder",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="4e9ef92d9379bd0806282f264cf7a91eae9f8a7f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4a9c6",
                    table="members_feereminder",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoiceevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2e158d65d3e385a4d410ce4e071b8c267ec99971",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_62c6e",
                    table="members_invoiceevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archive_id", ""), _negated=True),
                fields=("archive_id",),
                name="payment_booked_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", 0), _negated=True), name="payment_of_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("archive_id", ""), ("bank_file__isnull", True), ("source", "hand")),
                    models.Q(
                        ("bank_file__isnull", False),
                        ("source", "file"),
                        models.Q(("archive_id", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="payment_from_a_file_iff_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("reason", ""),
                        ("reverses__isnull", True),
                        models.Q(("amount__gt", 0), ("source", "file"), _connector="OR"),
                    ),
                    models.Q(
                        ("reverses__isnull", False),
                        ("source", "hand"),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="payment_taken_back_with_a_reason",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="payment",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="626b3d8c70de7294d8c43414e9a676786bc0c324",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d0939",
                    table="members_payment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="payment",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_paymentevent" ("amount", "booked_on", "invoice_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reverses_id", "source") VALUES (NEW."amount", NEW."booked_on", NEW."invoice_id", _pgh_attach_context(), kip_history_at(), \'insert\', NEW."id", NEW."reason", NEW."reverses_id", NEW."source"); RETURN NULL;',
                    hash="ba3932c88921bb390f1421f85f4f741c14167d97",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_ee5fc",
                    table="members_payment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paymentevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="f224f6ec406426a691981c717d6bfa22245f0bee",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_afdcf",
                    table="members_paymentevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
