"""Fees on the secretary's pages: a year, its invoices, and a bank's files."""

from members.admin.fees.bankfiles import BankFileAdmin
from members.admin.fees.invoices import InvoiceAdmin
from members.admin.fees.years import FeeYearAdmin

__all__ = ["BankFileAdmin", "FeeYearAdmin", "InvoiceAdmin"]
