"""The tamper-evident record of acts: who changed trust, staff, merchants, devices or consents.

``entries`` is one act and how it is chained to the one before; ``chain`` reads a whole ledger and
says what was changed, removed or cut off, and where. Nothing here is about a use of a code.
"""
