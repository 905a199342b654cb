"""Estimators of scikit-learn, and the ways from and to qiskit-machine-learning; a thin layer over run and predict."""
