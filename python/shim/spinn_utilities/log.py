# SPDX-License-Identifier: Apache-2.0
"""SpiNNUtils' loggers, which scripts use for their own messages."""

import logging


class FormatAdapter(logging.LoggerAdapter):
    """Messages with {} in them, filled in when they are written."""

    def __init__(self, logger: logging.Logger, extra: object = None) -> None:
        super().__init__(logger, extra or {})

    def log(self, level: int, msg: object, *args: object, **kwargs: object) -> None:
        if self.isEnabledFor(level):
            words = {k: kwargs.pop(k) for k in list(kwargs) if k not in ("exc_info", "stack_info")}
            text = str(msg).format(*args, **words) if args or words else str(msg)
            self.logger.log(level, "%s", text, **kwargs)
