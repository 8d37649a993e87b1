"""Readers of files, one for each format, in the order in which they are asked.

To add a format, write a class with the members of `corpus.readers.base.Reader` and put it into `READERS`: a reader that
knows its files by their first bytes before those that go by the text or the name, and those before `PlainReader`, which
takes any text.
"""

from corpus.readers.archive import GzipReader, TarReader, ZipReader
from corpus.readers.base import Reader
from corpus.readers.captions import CaptionsReader
from corpus.readers.csvtable import CsvReader
from corpus.readers.docx import DocxReader
from corpus.readers.encyclopedia import EncyclopediaReader
from corpus.readers.epub import EpubReader
from corpus.readers.feed import FeedReader
from corpus.readers.fictionbook import FictionBookReader
from corpus.readers.image import ImageReader
from corpus.readers.jsontext import JsonReader
from corpus.readers.latex import LatexReader
from corpus.readers.mail import MailReader
from corpus.readers.markdown import MarkdownReader
from corpus.readers.mbox import MboxReader
from corpus.readers.notebook import NotebookReader
from corpus.readers.oldoffice import OldOfficeReader
from corpus.readers.opendocument import OpenDocumentReader
from corpus.readers.orgmode import OrgReader
from corpus.readers.outlook import OutlookReader
from corpus.readers.pdf import PdfReader
from corpus.readers.pdftext import PdfTextReader
from corpus.readers.plain import PlainReader
from corpus.readers.pptx import PptxReader
from corpus.readers.restructured import RestructuredReader
from corpus.readers.rtf import RtfReader
from corpus.readers.spreadsheet import SpreadsheetReader
from corpus.readers.syndication import SyndicationReader
from corpus.readers.webarchive import MhtmlReader, WarcReader
from corpus.readers.webpage import HtmlReader, WebPageReader
from corpus.readers.xmltext import XmlReader

READERS: tuple[Reader, ...] = (
    DocxReader(),
    PptxReader(),
    OpenDocumentReader(),
    RtfReader(),
    SpreadsheetReader(),
    OutlookReader(),
    OldOfficeReader(),
    EpubReader(),
    FictionBookReader(),
    PdfReader(),
    ImageReader(),
    WarcReader(),
    ZipReader(),
    TarReader(),
    GzipReader(),
    MhtmlReader(),
    MboxReader(),
    MailReader(),
    FeedReader(),
    NotebookReader(),
    JsonReader(),
    SyndicationReader(),
    XmlReader(),
    CsvReader(),
    HtmlReader(),
    CaptionsReader(),
    LatexReader(),
    OrgReader(),
    RestructuredReader(),
    MarkdownReader(),
    EncyclopediaReader(),
    WebPageReader(),
    PdfTextReader(),
    PlainReader(),
)
