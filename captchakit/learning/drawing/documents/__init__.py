"""Pages, blocks and lines of our own: written by hands that we make up, or typed with faces."""

from captchakit.learning.drawing.documents.document import LABELS, Document, draw_document, write_documents

__all__ = ["LABELS", "Document", "draw_document", "write_documents"]
