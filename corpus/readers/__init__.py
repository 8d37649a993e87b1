"""Readers of files, one for each format, in the order in which they are asked.

To add a format, write a class with the members of `corpus.readers.base.Reader` and put it into `READERS`: a reader that
knows its files by their first bytes before those that go by the text or the name, and those before `PlainReader`, which
takes any text.
"""

from corpus.readers.base import Reader
from corpus.readers.books.epub import EpubReader
from corpus.readers.books.fictionbook import FictionBookReader
from corpus.readers.data.jsontext import JsonReader
from corpus.readers.data.notebook import NotebookReader
from corpus.readers.data.syndication import SyndicationReader
from corpus.readers.data.xmltext import XmlReader
from corpus.readers.mail.archive import GzipReader, TarReader, ZipReader
from corpus.readers.mail.mail import MailReader
from corpus.readers.mail.mbox import MboxReader
from corpus.readers.mail.outlook import OutlookReader
from corpus.readers.mail.webarchive import MhtmlReader, WarcReader
from corpus.readers.markup.latex import LatexReader
from corpus.readers.markup.markdown import MarkdownReader
from corpus.readers.markup.orgmode import OrgReader
from corpus.readers.markup.restructured import RestructuredReader
from corpus.readers.office.csvtable import CsvReader
from corpus.readers.office.docx import DocxReader
from corpus.readers.office.oldoffice import OldOfficeReader
from corpus.readers.office.opendocument import OpenDocumentReader
from corpus.readers.office.pptx import PptxReader
from corpus.readers.office.rtf import RtfReader
from corpus.readers.office.spreadsheet import SpreadsheetReader
from corpus.readers.pdf.image import ImageReader
from corpus.readers.pdf.pdf import PdfReader
from corpus.readers.text.captions import CaptionsReader
from corpus.readers.text.pdftext import PdfTextReader
from corpus.readers.text.plain import PlainReader
from corpus.readers.web.encyclopedia import EncyclopediaReader
from corpus.readers.web.feed import FeedReader
from corpus.readers.web.webpage import HtmlReader, WebPageReader

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
