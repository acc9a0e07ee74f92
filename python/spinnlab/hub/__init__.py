# SPDX-License-Identifier: Apache-2.0
"""A lab's hub: JupyterHub with sign-in, one server a person, boards from one allocator."""
