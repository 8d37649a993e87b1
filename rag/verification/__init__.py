"""Checking: citations against their files, statements against the words they cite."""

from rag.verification.addresses import check_citation, file_problem
from rag.verification.answers import Problem, verify_answer

__all__ = ["Problem", "check_citation", "file_problem", "verify_answer"]
