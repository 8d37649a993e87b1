"""Checking: citations against their files, statements against the words they cite."""

from rag.verification.addresses import Locate, among, check_citation, file_problem, reads_as
from rag.verification.answers import Problem, verify_answer

__all__ = ["Locate", "Problem", "among", "check_citation", "file_problem", "reads_as", "verify_answer"]
