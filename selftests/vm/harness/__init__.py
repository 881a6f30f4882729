# SPDX-License-Identifier: GPL-2.0-only
"""The emulated VT-x machine: docs/testing.md tells how the parts work together."""
