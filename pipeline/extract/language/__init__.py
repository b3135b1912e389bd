"""What language a text is in, from its body alone: langdetect, a second voice beside it, scripts, letters and words."""

from pipeline.extract.language.document import Language, identify
from pipeline.extract.language.voices import warm

__all__ = ["Language", "identify", "warm"]
